"""Time to read a list of 50,000 rows, as the usage reports and Excel write it.

    python -m tests.bench.csv_lists [--rows 50000] [--runs 5]

Prints the minimum and the median of each kind in seconds of the clock, and the least processor time, which says what a
machine that has nothing else to do would need; the target of issue 4 is below 1 s.
"""

from __future__ import annotations

import argparse
import statistics
import time

from m365backup_tui.domain.lists_reading import read
from m365backup_tui.domain.products import Product

GUID = "11111111-2222-3333-4444-"


def kinds(rows: int) -> dict[str, tuple[Product, bytes]]:
    """A name, and the product and bytes of each kind of list."""
    sites = (
        "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,Storage Used (Byte)\r\n"
    )
    by_id = sites
    for n in range(rows):
        head, tail = f"2026-11-01,{GUID}{n:012}", f'"Müller, Ann {n}",False,{n}\r\n'
        sites += f"{head},https://contoso.sharepoint.com/sites/s{n},{tail}"
        by_id += f"{head},,{tail}"
    people = "".join(f"user{n}@contoso.com\n" for n in range(rows))
    excel = "Name;E-Mail;Büro\r\n" + "".join(
        f"N {n};user{n}@contoso.com;x\r\n" for n in range(rows)
    )
    bad = "Name,Mail\n" + "".join(f"N {n},user{n}@contoso\n" for n in range(rows))
    return {
        "site report, UTF-8": (Product.SHAREPOINT, sites.encode("utf-8-sig")),
        "site report without addresses": (Product.SHAREPOINT, by_id.encode("utf-8-sig")),
        "one address a line": (Product.EXCHANGE, people.encode()),
        "Excel, semicolons, Windows-1252": (Product.EXCHANGE, excel.encode("cp1252")),
        "Excel, semicolons, UTF-16": (Product.ONEDRIVE, excel.encode("utf-16")),
        "every row has a problem": (Product.EXCHANGE, bad.encode()),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    for name, (product, data) in kinds(asked.rows).items():
        took, worked = [], []
        for _ in range(asked.runs):
            began, began_work = time.perf_counter(), time.process_time()
            reading = read(product, data)
            took.append(time.perf_counter() - began)
            worked.append(time.process_time() - began_work)
            assert len(reading.rows) + len(reading.problems) == asked.rows
        words = f"min {min(took):.2f} s, median {statistics.median(took):.2f} s"
        print(f"{name:34} {len(data) / 1e6:5.1f} MB  {words}, processor {min(worked):.2f} s")


if __name__ == "__main__":
    main()
