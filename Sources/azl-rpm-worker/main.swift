print("azl")
