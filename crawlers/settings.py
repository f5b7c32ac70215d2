"""Scrapy settings of the project: secure and polite. What differs per source is set by `crawlers.run`."""

BOT_NAME = "yuqing"
SPIDER_MODULES = ["crawlers.spiders"]
NEWSPIDER_MODULE = "crawlers.spiders"

# Nothing listens, nothing can be steered from outside.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True

# An address found on the web must not reach files of this machine or other protocols.
DOWNLOAD_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}

TWISTED_DNS_RESOLVER = "crawlers.inner.GuardedResolver"  # nor, under a public name, our own network

# Polite: one request at a time, jittered, slower when the site is slow.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "yuqing"
CONCURRENT_REQUESTS = 8
CONCURRENT_ITEMS = 1  # as many tasks are started for every page: its requests, then the page itself, in this order
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 8
DOWNLOAD_DELAY_JITTER = 0.5
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_TARGET_CONCURRENCY = 0.5
AUTOTHROTTLE_MAX_DELAY = 120

DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 4 * 1024 * 1024
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False
URLLENGTH_LIMIT = 8192

# Session cookies travel in a header that we build: no jar, no cookie log, nothing kept between requests.
COOKIES_ENABLED = False
COOKIES_DEBUG = False
REFERRER_POLICY = "same-origin"

# Ordinary accidents only. Refusals are judged by the backends, never retried at once.
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408]
RETRY_TIMES = 2
RETRY_GIVE_UP_LOG_LEVEL = "WARNING"
HTTPERROR_ALLOW_ALL = True

DOWNLOADER_MIDDLEWARES = {
    "crawlers.middlewares.governing.GoverningMiddleware": 90,
    "crawlers.middlewares.governing.ProbeMiddleware": 990,
}
SPIDER_MIDDLEWARES = {"crawlers.middlewares.parse_errors.ParseErrorMiddleware": 40}
ITEM_PIPELINES = {"crawlers.pipelines.intake.IntakePipeline": 500}
LOG_FORMATTER = "crawlers.middlewares.quiet_log.QuietLogFormatter"
LOG_LEVEL = "INFO"
LOG_COLOR = False
LOG_INSTALL_ROOT_HANDLER = False  # the command line owns the log
STATS_DUMP = False
