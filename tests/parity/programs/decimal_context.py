import decimal

value = 3
decimal.getcontext().prec = value
print(decimal.Decimal(1) / 3)
