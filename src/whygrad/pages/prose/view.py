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
    "view.unread": (
        "The link asks for what is not here: {parts}",
        "链接所要的内容这里没有：{parts}",
    ),
    "view.server.gone": (
        "The local server does not answer: start whygrad serve again and open its new address.",
        "本地服务器没有响应：请重新运行 whygrad serve，并打开新的地址。",
    ),
    # ---- the head of the page
    "view.close": ("Close", "关闭"),
    "view.top.undo": ("Undo (Ctrl Z)", "撤销（Ctrl Z）"),
    "view.top.redo": ("Redo (Ctrl Y)", "重做（Ctrl Y）"),
    "view.top.build": ("Build your own", "自己搭建"),
    "view.top.live": ("training now", "正在训练"),
    "view.top.more": ("More", "更多"),
    "view.top.theme": ("Colours", "配色"),
    "view.top.auto": ("as the system has them", "跟随系统"),
    "view.top.light": ("light", "浅色"),
    "view.top.dark": ("dark", "深色"),
    "view.top.print": ("Print", "打印"),
    "view.gallery": ("Networks", "网络示例"),
    "view.gallery.start": ("What was opened at first", "最初打开的网络"),
    "view.export": ("Save as", "另存为"),
    "view.export.html": ("Report (HTML)", "网页报告（HTML）"),
    "view.export.toml": ("Network file (TOML)", "网络文件（TOML）"),
    "view.export.latex": ("Worked solution (LaTeX)", "求解过程（LaTeX）"),
    "view.export.python": ("Python script", "Python 脚本"),
    "view.export.start": (
        "Saved are the weights of the start, not those of iteration {it}.",
        "保存的是开始时的权重，而不是第 {it} 次迭代的权重。",
    ),
    "view.export.saved": ("{name} is saved.", "已保存 {name}。"),
    "view.trouble.words": (
        "This cannot be done. whygrad says:",
        "无法完成。whygrad 的原话（英文）：",
    ),
    "view.trouble.hint": ("Try: {hint}", "可以试试：{hint}"),
    "view.share.copy": ("Copy link", "复制链接"),
    "view.share.link": ("The link", "链接"),
    "view.share.copied": (
        "Copied. The link opens this page as it is now.",
        "已复制。打开此链接，即可看到页面现在的样子。",
    ),
    "view.share.part": (
        "Copied: what the address has behind its #. Others put it behind the address of a report.",
        "已复制地址中 # 之后的部分。把它接在网页报告的地址后面，别人就能打开。",
    ),
    "view.share.built": (
        "Copied: what the address has behind its #. Save this network as a report (HTML); the link "
        "belongs behind its address.",
        "已复制地址中 # 之后的部分。请把此网络另存为网页报告（HTML），再把链接接在它的地址后面。",
    ),
    "view.share.byhand": (
        "The browser does not let the page copy: copy this.",
        "浏览器不允许网页复制，请自行复制：",
    ),
    "view.keys.title": ("Keyboard", "键盘操作"),
    "view.keys.step": ("One step back, one step on", "上一步，下一步"),
    "view.keys.play": ("Play; pause", "播放；暂停"),
    "view.keys.move": ("To the next control, name, or number", "到下一个按钮、名称或数值"),
    "view.keys.open": ("Look at a name; take a number that was typed", "查看一个量；确认输入的数"),
    "view.keys.change": ("Change the number of a field a little", "微调输入框中的数"),
    "view.keys.large": ("Change it ten times as much", "以十倍的幅度调整"),
    "view.keys.leave": ("Look at nothing", "不再查看任何量"),
    "view.keys.undo": ("Undo", "撤销"),
    "view.keys.redo": ("Redo", "重做"),
    "view.keys.help": ("These shortcuts", "显示这些快捷键"),
    # ---- the foot
    "view.foot.carried": (
        "Every number is worked out in this page, from the formulas that it carries. Nothing is sent "
        "anywhere.",
        "所有数值都由本页自带的公式当场算出，不向任何地方发送数据。",
    ),
    "view.foot.blocks": (
        "whygrad worked these numbers out with both passes; the page shows them. Nothing is sent "
        "anywhere.",
        "这些数值由 whygrad 的前向与反向传播算出，本页只负责显示，不向任何地方发送数据。",
    ),
    "view.foot.served": (
        "The page works out its numbers; whygrad on this machine writes the derivations. Nothing "
        "leaves the machine.",
        "数值由本页算出，推导过程由本机上的 whygrad 写出。数据不会离开本机。",
    ),
}
