"""Richards: the scheduler of a small operating system. Method calls on a handful of classes."""

IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
TO_DEVICE, TO_WORK = 0, 1
COUNT = 350


class Packet:
    def __init__(self, link, to, kind):
        self.link, self.to, self.kind = link, to, kind
        self.datum, self.data = 0, [0] * 4

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    def __init__(self, system, identity, priority, queue):
        self.system, self.identity, self.priority, self.queue = system, identity, priority, queue
        self.pending, self.waiting, self.held = queue is not None, True, False
        self.next = system.tasks
        system.tasks = system.table[identity] = self

    def blocked(self):
        return self.held or (self.waiting and not self.pending)

    def add(self, packet, running):
        if self.queue is None:
            self.queue, self.pending = packet, True
            return self if self.priority > running.priority else running
        packet.append_to(self.queue)
        return running

    def step(self):
        message = None
        if self.waiting and self.pending:
            message = self.queue
            self.queue = message.link
            self.pending, self.waiting = self.queue is not None, False
        return self.work(message)

    def wait(self):
        self.waiting = True
        return self

    def work(self, message):
        raise NotImplementedError


class Idle(Task):
    def __init__(self, system, count):
        super().__init__(system, IDLE, 0, None)
        self.waiting = False
        self.control, self.count = 1, count

    def work(self, message):
        self.count -= 1
        if self.count == 0:
            return self.system.hold()
        if self.control & 1 == 0:
            self.control //= 2
            return self.system.release(DEVICE_A)
        self.control = self.control // 2 ^ 0xD008
        return self.system.release(DEVICE_B)


class Worker(Task):
    def __init__(self, system, queue):
        super().__init__(system, WORKER, 1000, queue)
        self.destination, self.letter = HANDLER_A, 0

    def work(self, message):
        if message is None:
            return self.wait()
        self.destination = HANDLER_B if self.destination == HANDLER_A else HANDLER_A
        message.to, message.datum = self.destination, 0
        for i in range(4):
            self.letter = self.letter % 26 + 1
            message.data[i] = 64 + self.letter
        return self.system.send(message)


class Handler(Task):
    def __init__(self, system, identity, priority, queue):
        super().__init__(system, identity, priority, queue)
        self.todo = self.devices = None

    def work(self, message):
        if message is not None:
            if message.kind == TO_WORK:
                self.todo = message.append_to(self.todo)
            else:
                self.devices = message.append_to(self.devices)
        work = self.todo
        if work is None:
            return self.wait()
        if work.datum >= 4:
            self.todo = work.link
            return self.system.send(work)
        device = self.devices
        if device is None:
            return self.wait()
        self.devices = device.link
        device.datum = work.data[work.datum]
        work.datum += 1
        return self.system.send(device)


class Device(Task):
    def __init__(self, system, identity, priority):
        super().__init__(system, identity, priority, None)
        self.kept = None

    def work(self, message):
        if message is None:
            if self.kept is None:
                return self.wait()
            message, self.kept = self.kept, None
            return self.system.send(message)
        self.kept = message
        return self.system.hold()


class System:
    def __init__(self):
        self.tasks, self.current, self.table = None, None, [None] * 6
        self.sent = self.holds = 0

    def hold(self):
        self.holds += 1
        self.current.held = True
        return self.current.next

    def release(self, identity):
        task = self.table[identity]
        task.held = False
        return task if task.priority > self.current.priority else self.current

    def send(self, packet):
        self.sent += 1
        receiver = self.table[packet.to]
        packet.link, packet.to = None, self.current.identity
        return receiver.add(packet, self.current)

    def schedule(self):
        task = self.tasks
        while task is not None:
            if task.blocked():
                task = task.next
            else:
                self.current = task
                task = task.step()


def packets(to, kind, count):
    queue = None
    for _ in range(count):
        queue = Packet(queue, to, kind)
    return queue


def run():
    system = System()
    Idle(system, COUNT * 10)
    Worker(system, packets(0, TO_WORK, 2))
    Handler(system, HANDLER_A, 2000, packets(DEVICE_A, TO_DEVICE, 3))
    Handler(system, HANDLER_B, 3000, packets(DEVICE_B, TO_DEVICE, 3))
    Device(system, DEVICE_A, 4000)
    Device(system, DEVICE_B, 5000)
    system.schedule()
    return [system.sent, system.holds]
