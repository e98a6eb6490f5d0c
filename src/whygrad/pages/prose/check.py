"""What a check of gradients says: the answer, a verdict a parameter, second opinions."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    "check.title": ("Are the gradients right?", "梯度正确吗？"),
    "check.causes": ("Likely cause", "可能的原因"),
    "check.opinions": ("Second opinions", "其他验证"),
    # ---- the answer
    "check.yes": (
        "Yes: nothing speaks against any of the {size} gradients.",
        "正确：{size} 个梯度均未发现问题。",
    ),
    "check.no": ("No. Not right: {bad}. Right: {good}.", "不正确。有误：{bad}。正确：{good}。"),
    "check.no.all": ("No. Not right: {bad}.", "不正确。有误：{bad}。"),
    "check.open": ("It cannot be told for {bad}.", "无法判断的有：{bad}。"),
    "check.checker": (
        "The gradients are right; what they were compared with is not: {bad}.",
        "梯度正确；有误的是用来对照的差商：{bad}。",
    ),
    "check.sampled": (
        "Looked at one by one were {checked} of the {size}, drawn with seed {seed}; all of them "
        "together along {directions} random directions.",
        "逐个检查了其中 {checked} 个（共 {size} 个，随机种子 {seed}）；另沿 {directions} 个随机方向整体检查了全部。",
    ),
    # ---- the table
    "check.table.parameter": ("parameter", "参数"),
    "check.table.verdict": ("verdict", "结论"),
    "check.table.digits": ("digits", "一致位数"),
    "check.table.at": ("worst at", "最差处"),
    "check.table.gradient": ("gradient", "梯度"),
    "check.table.quotient": ("by differences", "差商"),
    "check.table.checked": ("checked", "已检查"),
    "word.right": ("right", "正确"),
    "word.noise": ("noise", "噪声"),
    "word.kink": ("kink", "尖点"),
    "word.precision": ("precision", "精度不足"),
    "word.not_smooth": ("not smooth", "不光滑"),
    "word.random": ("random", "随机"),
    "word.checker": ("checker", "检查器有误"),
    "word.wrong": ("wrong", "错误"),
    "word.of": ("{checked} of {size}", "{size} 个中的 {checked} 个"),
    # ---- causes
    "check.cause": (
        "{cause} (Tried: this gives the claimed numbers of {which}.)",
        "{cause}（已试算：这样恰好得到 {which} 的数值。）",
    ),
    "check.cause.part": (
        "{cause} (Tried: this gives the claimed numbers of {which}, but not the others.)",
        "{cause}（已试算：这样恰好得到 {which} 的数值，但不能解释其余的。）",
    ),
    "check.cause.more": (
        "{count} more entries of the catalogue give the same numbers.",
        "目录中还有 {count} 种错误会得到同样的数值。",
    ),
    "check.cause.unknown": (
        "No mistake of the catalogue gives these numbers.",
        "目录中没有哪种错误会得到这些数值。",
    ),
    # ---- a parameter that is not simply right
    "verdict.noise": (
        "{parameter}: noise: at {at} gradient {gradient} and finite difference {quotient} differ by "
        "no more than rounding, which is ±{error} here; so small a gradient cannot be told more exactly",
        "{parameter}：噪声：在 {at} 处梯度 {gradient} 与差商 {quotient} 之差不超过舍入误差（此处 ±{error}）；这么小的梯度无法测得更准",
    ),
    "verdict.kink": (
        "{parameter}: kink: at {at} the function has a corner; slopes from {low} to {high} may be "
        "chosen there, the gradient is {gradient}",
        "{parameter}：尖点：函数在 {at} 处不可导；可取 {low} 到 {high} 之间的斜率，所给梯度为 {gradient}",
    ),
    "verdict.kink.convention": (
        "{parameter}: kink: at {at} the function has a corner; slopes from {low} to {high} may be "
        "chosen there, the gradient is {gradient}, by convention ({convention})",
        "{parameter}：尖点：函数在 {at} 处不可导；可取 {low} 到 {high} 之间的斜率，所给梯度为 {gradient}，依约定（{convention}）",
    ),
    "verdict.precision": (
        "{parameter}: precision: the function's own type is too coarse to tell; at {at} gradient "
        "{gradient}, finite difference {quotient}, known to ±{error} only: check it in float64",
        "{parameter}：精度不足：函数所用的数值类型太粗，无法判断；在 {at} 处梯度 {gradient}，差商 {quotient}，只能确定到 ±{error}：请用 float64 检查",
    ),
    "verdict.not_smooth": (
        "{parameter}: not smooth: near {at} the function jumps, so that no slope can be measured; "
        "gradient {gradient}, finite difference {quotient}, known to ±{error} only",
        "{parameter}：不光滑：函数在 {at} 附近有跳变，测不出斜率；梯度 {gradient}，差商 {quotient}，只能确定到 ±{error}",
    ),
    "verdict.not_finite": (
        "{parameter}: not smooth: at {at} the function is not finite near by, so that no slope can be "
        "measured; gradient {gradient} (wg.why_not_finite says where it began)",
        "{parameter}：不光滑：函数在 {at} 附近不是有限数，测不出斜率；梯度 {gradient}（wg.why_not_finite 会指出从何处开始）",
    ),
    "verdict.random": (
        "{parameter}: random: two calls with the same numbers gave {gradient} and {quotient}; fix the "
        "random numbers (a seed, eval mode without dropout) and check again",
        "{parameter}：随机：同样的数调用两次，得到 {gradient} 与 {quotient}；请固定随机数（种子，或关闭 dropout 的评估模式）后再检查",
    ),
    "verdict.checker": (
        "{parameter}: checker: the gradient is right, {gradient} at {at}; the difference quotient there, "
        "{quotient}, is not: it is {ratio} times as large",
        "{parameter}：检查器有误：梯度正确，在 {at} 处为 {gradient}；那里的差商 {quotient} 有误，是正确值的 {ratio} 倍",
    ),
    "verdict.wrong": (
        "{parameter}: wrong: at {at} gradient {gradient}, finite difference {quotient}, known to ±{error}; "
        "ratio {ratio}{pattern}",
        "{parameter}：错误：在 {at} 处梯度 {gradient}，差商 {quotient}（误差 ±{error}）；比值 {ratio}{pattern}",
    ),
    "verdict.wrong.single": (
        "{parameter}: wrong: gradient {gradient}, finite difference {quotient}, known to ±{error}; ratio {ratio}",
        "{parameter}：错误：梯度 {gradient}，差商 {quotient}（误差 ±{error}）；比值 {ratio}",
    ),
    "verdict.wrong.not_finite": (
        "{parameter}: wrong: at {at} the gradient is {gradient}, the finite difference {quotient} "
        "(wg.why_not_finite says where it began)",
        "{parameter}：错误：在 {at} 处梯度为 {gradient}，差商为 {quotient}（wg.why_not_finite 会指出从何处开始）",
    ),
    "verdict.refused": (
        "{parameter}: wrong: no gradient that could be compared: {why}",
        "{parameter}：错误：没有可以比较的梯度：{why}",
    ),
    # ---- what the wrong entries have in common ({number}, {wrong}, {checked} where they are needed)
    "pattern.none": (
        "; {wrong} of {checked} entries are wrong",
        "；{checked} 个元素中有 {wrong} 个错误",
    ),
    "pattern.one": (", at this entry alone", "，仅此一个元素错误"),
    "pattern.ratio": (
        ", the same for all {wrong} wrong entries",
        "，{wrong} 个错误元素的比值全都相同",
    ),
    "pattern.signs": (
        "; only the sign differs, in {wrong} of {checked} entries",
        "；只有符号不同，共 {wrong} 个（{checked} 个中）",
    ),
    "pattern.zero": ("; all {wrong} wrong entries are 0", "；{wrong} 个错误元素全为 0"),
    "pattern.not_finite": (
        "; {wrong} of {checked} entries are wrong",
        "；{checked} 个元素中有 {wrong} 个错误",
    ),
    "pattern.row": ("; only row {number} is wrong", "；只有第 {number} 行错误"),
    "pattern.column": ("; only column {number} is wrong", "；只有第 {number} 列错误"),
    # ---- second opinions
    "opinion.taylor.yes": (
        "Taylor: f(x + hv) − f(x) − h·∇f·v shrinks with the power {measure} of h along a random "
        "direction; of a right gradient it is 2.",
        "泰勒检验：沿随机方向，f(x + hv) − f(x) − h·∇f·v 按 h 的 {measure} 次方缩小；梯度正确时指数为 2。",
    ),
    "opinion.taylor.no": (
        "Taylor: f(x + hv) − f(x) − h·∇f·v shrinks with the power {measure} of h only; of a right "
        "gradient it is 2, of a wrong one 1.",
        "泰勒检验：f(x + hv) − f(x) − h·∇f·v 只按 h 的 {measure} 次方缩小；梯度正确时为 2，错误时为 1。",
    ),
    "opinion.taylor.corner": (
        "Taylor: f(x + hv) − f(x) − h·∇f·v shrinks with the power {measure} of h only, as it must at a "
        "corner.",
        "泰勒检验：f(x + hv) − f(x) − h·∇f·v 只按 h 的 {measure} 次方缩小，在尖点处本应如此。",
    ),
    "opinion.taylor.straight": (
        "Taylor: along a random direction the function is straight, and the gradient is its slope.",
        "泰勒检验：沿随机方向函数是直线，梯度就是它的斜率。",
    ),
    "opinion.taylor.open": (
        "Taylor: the remainder disappears in rounding too early to tell how fast it shrinks.",
        "泰勒检验：余项过早淹没在舍入误差里，看不出缩小的速度。",
    ),
    "check.wide": (
        "Where the function's own type is too coarse it was run in float64 beside it ({count} quotients).",
        "函数所用的数值类型太粗之处，另以 float64 运行作对照（{count} 个差商）。",
    ),
    "opinion.forward_mode.yes": (
        "Forward mode: ⟨Jv, u⟩ and ⟨v, Jᵀu⟩ agree; they differ by {measure}, relatively.",
        "前向模式：⟨Jv, u⟩ 与 ⟨v, Jᵀu⟩ 一致，相对差异 {measure}。",
    ),
    "opinion.forward_mode.no": (
        "Forward mode: ⟨Jv, u⟩ and ⟨v, Jᵀu⟩ differ by {measure}, relatively.",
        "前向模式：⟨Jv, u⟩ 与 ⟨v, Jᵀu⟩ 不一致，相对差异 {measure}。",
    ),
    "opinion.jax.yes": (
        "JAX: its own gradient agrees; they differ by {measure} at most, relatively to the largest.",
        "JAX：其自身求出的梯度一致，相对最大分量的差异不超过 {measure}。",
    ),
    "opinion.jax.no": (
        "JAX: its own gradient differs by {measure}, relatively to the largest.",
        "JAX：其自身求出的梯度不同，相对最大分量的差异为 {measure}。",
    ),
}
