from .declaration import Group, Setting

GROUP = Group(
    "For development",
    settings=(Setting("DEBUG", "on or off", False, "Never on where others can reach the site: it shows the program's insides."),),
)
