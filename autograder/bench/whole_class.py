def whole_class(students=10000):
    pass
