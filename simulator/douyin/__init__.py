"""Double of www.douyin.com: search, detail, comments and replies."""
