"""DeltaBlue: an incremental solver of one-way constraints with strengths. Classes, lists, small methods."""

REQUIRED, STRONG, NORMAL, WEAK_DEFAULT, WEAKEST = 0, 1, 3, 5, 6
SIZE = 60


class Variable:
    def __init__(self, value):
        self.value, self.stay, self.mark, self.strength = value, True, 0, WEAKEST
        self.constraints, self.decided_by = [], None


class Constraint:
    """`variables`: all of them; the method chosen writes `out()` from the others."""

    is_input = False

    def __init__(self, planner, strength, *variables):
        self.strength, self.variables, self.chosen = strength, variables, None
        for variable in variables:
            variable.constraints.append(self)
        planner.add(self)

    def satisfied(self):
        return self.chosen is not None

    def out(self):
        return self.variables[self.chosen]

    def inputs(self):
        return [v for i, v in enumerate(self.variables) if i != self.chosen]

    def choices(self):
        return range(len(self.variables))

    def choose(self, mark):
        self.chosen, best = None, self.strength
        for i in self.choices():
            variable = self.variables[i]
            if variable.mark != mark and variable.strength > best:
                self.chosen, best = i, variable.strength

    def inputs_known(self, mark):
        return all(v.mark == mark or v.stay or v.decided_by is None for v in self.inputs())

    def recalculate(self):
        out, inputs = self.out(), self.inputs()
        out.strength = max([self.strength, *[v.strength for v in inputs]])
        out.stay = not self.is_input and all(v.stay for v in inputs)
        if out.stay:
            self.execute()

    def execute(self):
        pass


class Stay(Constraint):
    pass


class Edit(Constraint):
    is_input = True


class Equal(Constraint):
    def execute(self):
        self.out().value = self.inputs()[0].value


class Scale(Constraint):
    """variables: source, result, scale, offset. result = source * scale + offset."""

    def choices(self):
        return (0, 1)

    def execute(self):
        source, result, scale, offset = self.variables
        if self.chosen == 1:
            result.value = source.value * scale.value + offset.value
        else:
            source.value = (result.value - offset.value) // scale.value


class Planner:
    def __init__(self):
        self.mark = 0

    def new_mark(self):
        self.mark += 1
        return self.mark

    def add(self, constraint):
        mark = self.new_mark()
        overridden = self.satisfy(constraint, mark)
        while overridden is not None:
            overridden = self.satisfy(overridden, mark)

    def satisfy(self, constraint, mark):
        constraint.choose(mark)
        if not constraint.satisfied():
            assert constraint.strength != REQUIRED, "a required constraint cannot be satisfied"
            return None
        for variable in constraint.inputs():
            variable.mark = mark
        out = constraint.out()
        overridden = out.decided_by
        if overridden is not None:
            overridden.chosen = None
        out.decided_by = constraint
        self.propagate(constraint, mark)
        out.mark = mark
        return overridden

    def propagate(self, constraint, mark):
        todo = [constraint]
        while todo:
            each = todo.pop()
            assert each is constraint or each.out().mark != mark, "a cycle of constraints"
            each.recalculate()
            todo += self.consumers(each.out())

    def consumers(self, variable):
        decided = variable.decided_by
        return [c for c in variable.constraints if c.satisfied() and c is not decided]

    def remove(self, constraint):
        out = constraint.out()
        constraint.chosen = None
        for variable in constraint.variables:
            variable.constraints.remove(constraint)
        for each in self.remove_from(out):
            self.add(each)

    def remove_from(self, out):
        out.decided_by, out.strength, out.stay = None, WEAKEST, True
        unsatisfied, todo = [], [out]
        while todo:
            variable = todo.pop()
            unsatisfied += [c for c in variable.constraints if not c.satisfied()]
            for constraint in self.consumers(variable):
                constraint.recalculate()
                todo.append(constraint.out())
        return sorted(unsatisfied, key=lambda c: c.strength)

    def plan(self, sources):
        mark, plan = self.new_mark(), []
        todo = [c for c in sources if c.is_input and c.satisfied()]
        while todo:
            constraint = todo.pop()
            if constraint.out().mark != mark and constraint.inputs_known(mark):
                plan.append(constraint)
                constraint.out().mark = mark
                todo += self.consumers(constraint.out())
        return plan

    def change(self, variable, values):
        edit = Edit(self, STRONG, variable)
        plan = self.plan([edit])
        for value in values:
            variable.value = value
            for constraint in plan:
                constraint.execute()
        self.remove(edit)


def chain(size):
    planner, variables = Planner(), [Variable(0) for _ in range(size + 1)]
    for one, other in zip(variables, variables[1:]):
        Equal(planner, REQUIRED, one, other)
    Stay(planner, WEAK_DEFAULT, variables[-1])
    edit = Edit(planner, STRONG, variables[0])
    plan = planner.plan([edit])
    for value in range(100):
        variables[0].value = value
        for constraint in plan:
            constraint.execute()
        assert variables[-1].value == value
    planner.remove(edit)
    return variables[-1].value


def projection(size):
    planner, pairs = Planner(), []
    scale, offset = Variable(10), Variable(1000)
    Stay(planner, NORMAL, scale)
    Stay(planner, NORMAL, offset)
    for i in range(size):
        source, result = Variable(i), Variable(i)
        pairs.append((source, result))
        Stay(planner, NORMAL, source)
        Scale(planner, REQUIRED, source, result, scale, offset)
    planner.change(pairs[-1][0], [17])
    planner.change(pairs[-1][1], [1050])
    planner.change(scale, [5])
    planner.change(offset, [2000])
    assert all(r.value == s.value * 5 + 2000 for s, r in pairs[:-1])
    return [s.value + r.value for s, r in pairs][-5:]


def run():
    return [chain(SIZE), projection(SIZE), chain(SIZE // 2)]
