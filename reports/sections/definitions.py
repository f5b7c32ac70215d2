"""口径说明: what the words and numbers of the report mean."""

from reports.labels import stamp
from reports.measures import ALIKE, MIN_WEEKS
from reports.sections.competitors import RAISED
from reports.week import ENOUGH, USUAL_WEEKS, Week
from yuqing.domain.report import Report, Section

ID, TITLE = "definitions", "口径说明"


def build(week: Week) -> Section:
    """Words only."""
    return Section(ID, TITLE)


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """The definitions."""
    return (
        f"统计区间：自 {stamp(report.since)}起，至 {stamp(report.until)}止（不含止点），按发布时间归属。",
        "提及：在监测平台上公开发布、内容涉及监测主体的帖文、评论、视频或文章，一条计一次；发布后被平台删除的仍计入，但不再引用其内容。",
        "情感：模型判断的对该主体的态度，分正面、中性、负面；负面占比以已评分的提及为分母。模型判断存在误差，仅反映总体趋势。",
        "风险等级：零级无风险，一级为一般个案，二级为可能扩散或涉及多人、资金、弱势群体，三级为危机；高风险指二级及以上。",
        "声量份额：该主体的提及占本表所列各行提及之和的比例；一条提及涉及多家的，分别计入。",
        f"常态：此前 {USUAL_WEEKS} 个等长周期中采集情况相近且有数据者的均值，不足 {MIN_WEEKS} 个周期时不计算；"
        f"负面声量达到常态的 {RAISED:g} 倍视为高于常态。",
        f"环比：只有各来源两期完整采集时长之差不超过 {ALIKE:.0%} 时才计算，否则写作“无数据”。",
        "采集完整度：各来源完整采集的小时数占应采小时数的比例。触顶：平台对一次查询只展示有限条数，达到上限时，"
        "该时段的声量为下限。",
        f"零与无数据：只有采集完整（分项统计为完整度不低于 {ENOUGH:.0%}）时才写“0”，其余一律写作“无数据”，"
        "不以零或估计值填补。",
        "送达延迟：自首条相关信息发布，至预警消息被收件方服务器接受；确认用时：自预警开始至有人确认。",
        f"本报告的全部数字与引文均附有查询依据，可用命令“yuqing verify report”逐项复核；归档编号 {report.id}。",
    )
