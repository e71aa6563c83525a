# /// script
# dependencies = ["openpyxl"]
# ///
"""Writes a workbook with formulas, formats and a chart, and reads it again."""

from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font

book = Workbook()
sheet = book.active
sheet.title = "Budget"
sheet.append(["Item", "Planned", "Spent", "Left"])
for cell in sheet[1]:
    cell.font = Font(bold=True)
for row, (item, planned, spent) in enumerate([("Rent", 900, 900), ("Food", 400, 355.5), ("Books", 60, 81)], 2):
    sheet.append([item, planned, spent, f"=B{row}-C{row}"])
sheet["A5"], sheet["B5"], sheet["C5"] = "Sum", "=SUM(B2:B4)", "=SUM(C2:C4)"
for row in sheet["B2:D5"]:
    for cell in row:
        cell.number_format = "#,##0.00"
chart = BarChart()
chart.add_data(Reference(sheet, min_col=2, max_col=3, min_row=1, max_row=4), titles_from_data=True)
chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=4))
sheet.add_chart(chart, "F2")
book.save("budget.xlsx")

again = load_workbook("budget.xlsx")["Budget"]
for row in again.iter_rows(values_only=True):
    print(row)
