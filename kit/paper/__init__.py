"""Documents as PDF: what stands on them, and how they are drawn."""

from kit.paper.fonts import missing
from kit.paper.model import Column, Company, Paper, Total
from kit.paper.render import render

__all__ = ["Column", "Company", "Paper", "Total", "missing", "render"]
