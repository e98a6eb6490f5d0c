"""What the explorable page says around its views: its frame, its menus, its homes."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the sections, for those who do not see them
    "view.skip": ("Skip to the derivation", "跳到推导过程"),
    "view.network": ("The network", "网络"),
    "view.steps": ("The steps of one iteration", "一次迭代的步骤"),
    "view.training": ("Training: iterations and total error", "训练：迭代与总误差"),
    "view.reading": ("The derivation", "推导过程"),
    "view.numbers": ("The numbers, to be changed", "可修改的数值"),
    "view.surface": ("What the network computes", "网络计算的函数"),
    "view.norms": ("Gradient norms", "梯度的范数"),
    "view.blocks": ("The layers as blocks", "以方块表示的各层"),
    "view.run": ("The run", "训练记录"),
    "view.server.gone": (
        "The local server does not answer: start whygrad serve again and open its new address.",
        "本地服务器没有响应：请重新运行 whygrad serve，并打开新的地址。",
    ),
}
