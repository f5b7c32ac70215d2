"""The group robots of WeCom, DingTalk and Feishu, by their protocols, refusals included."""
