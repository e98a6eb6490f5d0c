"""What the explorable page says of large networks, drawn as blocks."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the blocks
    "view.blocks.summary": (
        "{count} blocks; {result} = {loss}. Choose one to see its numbers.",
        "共 {count} 个方块；{result} = {loss}。选择一个即可查看其中的数值。",
    ),
    "view.blocks.norms": (
        "Norms are Euclidean lengths of all numbers of an array. Bars: the norm of the gradient of the result, on a logarithmic scale from {least} to {most}.",
        "范数是数组中所有数的欧几里得长度。条形：结果的梯度的范数，对数刻度，从 {least} 到 {most}。",
    ),
    "view.blocks.dead.meaning": (
        "Dead: the share of units whose slope is 0 for every sample.",
        "失活：对每个样本斜率都为 0 的神经元所占的比例。",
    ),
    "view.blocks.saturated.meaning": (
        "Saturated: the share of slopes that are under 0.01, but not 0.",
        "饱和：小于 0.01 但不为 0 的斜率所占的比例。",
    ),
    "view.blocks.input": ("Inputs", "输入"),
    "view.blocks.layer": ("Layer {layer}", "第 {layer} 层"),
    "view.blocks.loss": ("Error", "误差"),
    "view.blocks.number": ("one number", "一个数"),
    "view.blocks.own": ("values", "值"),
    "view.blocks.values": ("norm {norm}", "范数 {norm}"),
    "view.blocks.gradient": ("gradient {norm}", "梯度 {norm}"),
    "view.blocks.dead": ("dead: {share}", "失活：{share}"),
    "view.blocks.saturated": ("saturated: {share}", "饱和：{share}"),
    "view.blocks.from": ("from {names}", "来自 {names}"),
    "view.blocks.line": ("line {source}", "代码行 {source}"),
    # ---- its arrays
    "view.blocks.arrays": ("Arrays of this block", "这个方块的数组"),
    "view.blocks.show": ("What is shown", "显示的内容"),
    "view.blocks.of.value": ("Value", "值"),
    "view.blocks.of.gradient": ("Gradient", "梯度"),
    "view.blocks.no_gradient": (
        "{name} has no gradient: the result is not computed from it, or it holds positions.",
        "{name} 没有梯度：结果不是由它算出的，或者它存放的是编号。",
    ),
    "view.blocks.largest": (
        "The largest gradients of {name}, each with its derivation",
        "{name} 中最大的梯度，每个都有推导过程",
    ),
    "view.blocks.entry": ("Entry", "元素"),
    # ---- a heat map
    "view.blocks.map": (
        "{of} of {name}: {rows} rows, {columns} columns",
        "{name} 的{of}：{rows} 行，{columns} 列",
    ),
    "view.blocks.keys": (
        "Click a cell, or move with the arrow keys (with Shift by ten) and press Enter: its derivation. Zoom with + and −, 0 shows the whole; drag to move.",
        "点击一个单元格，或用方向键移动（按住 Shift 一次移动十格）再按回车：显示它的推导过程。用 + 和 − 缩放，0 显示全部；拖动可移动。",
    ),
    "view.blocks.zoom.in": ("Zoom in", "放大"),
    "view.blocks.zoom.out": ("Zoom out", "缩小"),
    "view.blocks.zoom.whole": ("Show the whole matrix", "显示整个矩阵"),
    "view.blocks.zoom.cells": ("Show single cells with their numbers", "显示单个单元格及其数值"),
    "view.blocks.whole": ("Whole", "全部"),
    "view.blocks.cells": ("Cells", "单元格"),
    "view.blocks.legend": (
        "Colours from {least} through 0 to {most}; the depth of a colour grows with the square root of the size",
        "颜色从 {least} 经过 0 到 {most}；颜色的深浅与绝对值的平方根成正比",
    ),
    "view.blocks.axes.weight": (
        "A row for each unit of layer {layer}, a column for each number that it reads.",
        "每一行对应第 {layer} 层的一个神经元，每一列对应它读取的一个数。",
    ),
    "view.blocks.axes.samples": (
        "A row for each sample, a column for each unit.",
        "每一行是一个样本，每一列是一个神经元。",
    ),
    "view.blocks.axes.grid": (
        "Pictures of {high} × {wide}: {name}, the last of these positions to the right, those before it downwards.",
        "每幅小图为 {high} × {wide}：{name}，其中最后一个位置向右排列，前面的向下排列。",
    ),
    "view.blocks.axes.line": (
        "Pictures of {high} × {wide}: {name}, one after the other.",
        "每幅小图为 {high} × {wide}：{name}，依次排列。",
    ),
    "view.blocks.tile": (
        "Each cell: the largest of {rows} × {columns} entries by size.",
        "每个单元格：{rows} × {columns} 个元素中绝对值最大的一个。",
    ),
    "view.blocks.point": (
        "Each point of the screen: the largest of up to {rows} × {columns} cells by size.",
        "屏幕上的每个点：最多 {rows} × {columns} 个单元格中绝对值最大的一个。",
    ),
    "view.blocks.cell": (
        "{name}: value {value}, gradient {gradient}",
        "{name}：值 {value}，梯度 {gradient}",
    ),
    "view.blocks.cell.pooled": (
        "Around {name}, the largest by size: value {value}, gradient {gradient}",
        "{name} 附近绝对值最大的：值 {value}，梯度 {gradient}",
    ),
    "view.blocks.between": ("between {least} and {most}", "在 {least} 与 {most} 之间"),
    "view.blocks.vague": (
        "(as its colour tells: this page carries large arrays as colours)",
        "（由颜色得出：本页以颜色保存较大的数组）",
    ),
    "view.blocks.none": ("none", "无"),
    # ---- an element
    "view.blocks.unknown": (
        "There is no number called {name} here.",
        "这里没有叫做 {name} 的数。",
    ),
    "view.blocks.left": (
        "This page shows a large network as it is: changes of numbers, of activations and of the learning rate are left out.",
        "本页按原样显示大型网络：对数值、激活函数和学习率的修改不予采用。",
    ),
    "view.blocks.element": ("Value {value}, gradient {gradient}.", "值 {value}，梯度 {gradient}。"),
    "view.blocks.made": ("How the value of {what} is made:", "{what} 的值是这样得到的："),
    "view.blocks.pulled": ("The gradient with respect to {what}:", "关于 {what} 的梯度："),
    "view.blocks.not_carried": (
        "This page carries the derivations of the largest gradients of each parameter, and not this one.",
        "本页只保存了每个参数中最大梯度的推导过程，不包括这一个。",
    ),
    "view.blocks.ask.file": (
        "It is had by opening the network's file with whygrad serve FILE, or with whygrad explain FILE --of {name}",
        "请用 whygrad serve FILE 打开网络文件来查看，或运行 whygrad explain FILE --of {name}",
    ),
    "view.blocks.ask.graph": (
        'It is had in Python: wg.backprop(graph, **inputs).why("{name}")',
        '请在 Python 中查看：wg.backprop(graph, **inputs).why("{name}")',
    ),
    "view.blocks.detail": ("How the line is put together", "推导的写法"),
    "view.blocks.detail.factors": ("Factors", "逐个因子"),
    "view.blocks.detail.delta": ("With δ", "用 δ"),
}
