"""/improve/"""
