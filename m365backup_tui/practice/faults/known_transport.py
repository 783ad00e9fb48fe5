"""T1 to T12: the connection between the client and the service is at fault."""

from m365backup_tui.practice.faults.known import Known, Option

TRANSPORT = (
    Known(
        "T1",
        "Connection refused",
        "Nothing listens where the service should be: every new connection is refused.",
        "any",
        "connection",
        lasting=True,
    ),
    Known(
        "T2",
        "Name not found",
        "Links in the answers (next pages, downloads, sign-in addresses) name a host that "
        "does not exist: whoever follows one finds no such name.",
        "any",
        "any",
    ),
    Known(
        "T3",
        "Certificate not trusted",
        "New connections are shown a certificate that is not to be trusted: a careful client "
        "goes no further.",
        "any",
        "connection",
        (
            Option(
                "variant",
                "what is wrong with it",
                str,
                "authority",
                words=("authority", "name", "expired"),
            ),
        ),
        lasting=True,
    ),
    Known(
        "T4",
        "No connection",
        "New connections are never answered, as behind a firewall that drops packets: a "
        "client waits until it gives up.",
        "any",
        "connection",
        lasting=True,
    ),
    Known(
        "T5",
        "Connection reset",
        "The connection breaks before the service has heard anything: asking again does no harm.",
        "any",
        "any",
    ),
    Known(
        "T6",
        "Connection reset after the work was done",
        "The service does the work, but the connection breaks before the answer arrives: "
        "asking again may do it twice.",
        "any",
        "service",
        changing=True,
    ),
    Known(
        "T7",
        "Answer stalls",
        "Half of the answer arrives, then nothing more: a client waits until it gives up.",
        "any",
        "any",
    ),
    Known(
        "T8",
        "Answer cut short",
        "Only the first half of the answer's JSON arrives: it cannot be read.",
        "any",
        "any",
    ),
    Known(
        "T9",
        "Page of a proxy",
        "A proxy on the way answers with a web page of its own instead of the service.",
        "any",
        "any",
        (Option("status", "HTTP status of the page", int, 502, 200, 599),),
    ),
    Known(
        "T10",
        "Slow line",
        "The answer drips in slowly.",
        "any",
        "any",
        (Option("bytes_per_second", "how fast", int, 1024, 1, 1_000_000),),
    ),
    Known(
        "T11",
        "Long way",
        "Every answer takes a while, never the same time twice.",
        "any",
        "any",
        (
            Option("least", "shortest delay in real seconds", float, 0.2, 0, 300),
            Option("most", "longest delay in real seconds", float, 30.0, 0, 300),
        ),
    ),
    Known(
        "T12",
        "Clocks disagree",
        "The service's clock is ahead of or behind this machine's, in the Date of its answers "
        "and in the times of new sign-ins.",
        "any",
        "any",
        (Option("skew", "seconds ahead (below nought: behind)", int, 600, -86400, 86400),),
        lasting=True,
    ),
)
