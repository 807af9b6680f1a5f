import sys
value = 3
sys.exit(f"gescheitert: äöü {value}\nsecond")
