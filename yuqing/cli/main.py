"""The Typer application: one module per part of the work, one place where errors become messages."""

import os
import sys

import typer

from yuqing.cli import analyse, collect, hot, operate, show, simulate, tend, watch
from yuqing.domain.errors import YuqingError
from yuqing.logs import configure_logging

app = typer.Typer(
    name="yuqing",
    help="舆情：监测公众对银行的评价，及时预警。退出码：0 成功；1 部分数据未能处理（已指明）；2 无法运行。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (collect, tend, analyse, watch, show, hot, operate, simulate):
    module.register(app)


def main() -> None:
    """Run the command line; every error that we raise on purpose is one clear message and exit code 2."""
    # What we write (database, exports, quarantine, reports) is for the account that runs us, not for the whole host.
    os.umask(0o077)
    configure_logging(os.environ.get("YQ_LOG_LEVEL", "INFO"))
    try:
        app()
    except YuqingError as error:
        sys.stderr.write(f"错误：{error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("已中断\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (`| head`) has gone; nothing is lost.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
