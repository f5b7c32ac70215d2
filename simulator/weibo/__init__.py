"""Doubles of s.weibo.com, m.weibo.cn, weibo.com/ajax and passport.weibo.com."""
