"""What the page of a derivative says."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- derivatives
    "derive.title": ("The derivative of {what}", "{what} 的导数"),
    "derive.inside_out": (
        "The formula is taken apart from the inside out; each inner function gets a name.",
        "由内向外逐层拆开公式，给每个内层函数起一个名字。",
    ),
    "derive.constant": ("A constant does not change.", "常数的导数为 0。"),
    "derive.variable": ("x changes as x does.", "x 对自身的导数为 1。"),
    "derive.factor": (
        "Constant factor: it stays as it is.",
        "常数因子：照原样保留。",
    ),
    "derive.sum": (
        "Sum rule: the derivatives are added.",
        "和的求导法则：各项导数相加。",
    ),
    "derive.difference": (
        "Difference rule: the derivatives are subtracted.",
        "差的求导法则：各项导数相减。",
    ),
    "derive.product": (
        "Product rule: (a·b)′ = a′·b + a·b′.",
        "乘积法则：(a·b)′ = a′·b + a·b′。",
    ),
    "derive.quotient": (
        "Quotient rule: (a/b)′ = a′/b − a·b′/b².",
        "商的求导法则：(a/b)′ = a′/b − a·b′/b²。",
    ),
    "derive.reciprocal": (
        "Reciprocal rule: (1/b)′ = −b′/b².",
        "倒数的求导法则：(1/b)′ = −b′/b²。",
    ),
    "derive.power": (
        "Power rule: the exponent comes down, and is one less above.",
        "幂函数求导：指数移到前面，原指数减一。",
    ),
    "derive.exponential": (
        "Exponential with a fixed base: itself times the logarithm of the base.",
        "指数函数求导：自身乘以底数的对数。",
    ),
    "derive.choice": (
        "A choice: each case has the derivative of its own branch.",
        "分段函数：各段分别求导。",
    ),
    "derive.known": (
        "A basic derivative: {of}, from the rule book.",
        "基本导数：{of}，取自运算法则表。",
    ),
    "derive.chain": (
        "Chain rule: the derivative of {of} at its inner function, times the inner derivative.",
        "链式法则：{of} 在内层函数处的导数，乘以内层函数的导数。",
    ),
    "derive.rewrite": (
        "Rewritten into the form that the rule book uses (the two forms differ by at most {off}, "
        "relatively, at all points tried):",
        "改写成运算法则所用的形式（在所有试验点上，两种形式的相对差异不超过 {off}）：",
    ),
    "derive.convention": (
        "At its kink, by convention: {convention}.",
        "在尖点处的约定：{convention}。",
    ),
    "derive.proved": (
        "✓ checked by finite differences at {points} points from −4 to 4: they differ by at most "
        "{off}, relatively.",
        "✓ 在 −4 到 4 之间的 {points} 个点上用差商验证：相对差异不超过 {off}。",
    ),
    "derive.unproved": (
        "✗ finite differences at {points} points do not confirm it: relative difference {off}.",
        "✗ {points} 个点上的差商未能证实：相对差异 {off}。",
    ),
}
