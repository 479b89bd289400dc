"""Pages of process insight: /process/"""
