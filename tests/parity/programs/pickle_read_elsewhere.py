import pickle, subprocess, sys
value = 3
class Rec:
    def __init__(s): s.v = value
if __name__ == "__main__":
    pickle.dump(Rec(), open("r.pkl", "wb"))
    subprocess.run([sys.executable, "-c", "import pickle, pickle_read_elsewhere as m, sys; sys.modules['__main__'].Rec = m.Rec; print(pickle.load(open('r.pkl','rb')).v)"])
