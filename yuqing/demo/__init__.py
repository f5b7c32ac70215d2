"""`yuqing demo`: simulated platforms, the real product, a crisis, a mail, a dashboard and a report, all on loopback."""
