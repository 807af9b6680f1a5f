import sqlite3
value = 3
c = sqlite3.connect("d.db"); c.execute("create table t(x)"); c.executemany("insert into t values(?)", [(i,) for i in range(value)]); c.commit()
print(c.execute("select sum(x), count(*) from t").fetchall())
