value = 3
result = max(
    1,
    value,
    int(
        "not a number"
    ),
)
