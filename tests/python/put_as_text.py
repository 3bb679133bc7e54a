"""Copies a file over FTP in ASCII mode: put_as_text.py PORT FILE NAME.

It does what clients on Windows do, whose lines end as lines do on the wire: sends the bytes as they are, of which the
server makes its own line ends.
"""

import ftplib
import sys

port, file, name = sys.argv[1:]
with ftplib.FTP() as ftp:
    ftp.connect("127.0.0.1", int(port))
    ftp.login("admin", "secret")
    ftp.voidcmd("TYPE A")
    with ftp.transfercmd(f"STOR {name}") as data:
        data.sendall(open(file, "rb").read())
    ftp.voidresp()
