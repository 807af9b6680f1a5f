from concurrent.futures import ThreadPoolExecutor

value = 3
with ThreadPoolExecutor(4) as pool:
    print(list(pool.map(lambda n: n * value, range(5))))
