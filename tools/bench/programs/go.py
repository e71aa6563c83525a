"""Go on a 7 × 7 board, moves chosen by random play-outs: lists of integers, sets, flood fill."""

SIZE, PLAYOUTS, MOVES = 7, 6, 2
EMPTY, BLACK, WHITE = 0, 1, 2


def make_neighbours():
    table = []
    for place in range(SIZE * SIZE):
        y, x = divmod(place, SIZE)
        near = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        table.append([a * SIZE + b for a, b in near if 0 <= a < SIZE and 0 <= b < SIZE])
    return table


NEIGHBOURS = make_neighbours()


class Dice:
    def __init__(self, seed):
        self.seed = seed

    def below(self, limit):
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.seed >> 8) % limit


class Board:
    def __init__(self, other=None):
        self.stones = other.stones[:] if other else [EMPTY] * (SIZE * SIZE)
        self.colour = other.colour if other else BLACK
        self.ko = other.ko if other else None
        self.passes = 0

    def group(self, start):
        """The stones connected to `start`, and the free places around them."""
        colour, stones, free, todo = self.stones[start], {start}, set(), [start]
        while todo:
            for place in NEIGHBOURS[todo.pop()]:
                there = self.stones[place]
                if there == EMPTY:
                    free.add(place)
                elif there == colour and place not in stones:
                    stones.add(place)
                    todo.append(place)
        return stones, free

    def useful(self, place):
        """Legal, as far as play-outs care, and not an own eye."""
        if self.stones[place] != EMPTY or place == self.ko:
            return False
        for near in NEIGHBOURS[place]:
            there = self.stones[near]
            if there == EMPTY:
                return True
            free = len(self.group(near)[1])
            if there == self.colour and free > 1 and any(
                    self.stones[n] != self.colour for n in NEIGHBOURS[place]):
                return True
            if there != self.colour and free == 1:
                return True
        return False

    def play(self, place):
        self.ko = None
        if place is None:
            self.passes += 1
        else:
            self.passes = 0
            self.stones[place] = self.colour
            for near in NEIGHBOURS[place]:
                if self.stones[near] == 3 - self.colour:
                    stones, free = self.group(near)
                    if not free:
                        for stone in stones:
                            self.stones[stone] = EMPTY
                        self.ko = near if len(stones) == 1 else None
        self.colour = 3 - self.colour

    def random_move(self, dice):
        places = [place for place, stone in enumerate(self.stones) if stone == EMPTY]
        while places:
            at = dice.below(len(places))
            place, places[at] = places[at], places[-1]
            places.pop()
            if self.useful(place):
                return place
        return None

    def score(self):
        """Black's stones and surrounded places, less White's."""
        total = 0
        for place, stone in enumerate(self.stones):
            if stone == EMPTY:
                around = {self.stones[n] for n in NEIGHBOURS[place]}
                stone = around.pop() if len(around) == 1 else EMPTY
            total += (0, 1, -1)[stone]
        return total


def playout(board, dice):
    for _ in range(SIZE * SIZE * 2):
        if board.passes == 2:
            break
        board.play(board.random_move(dice))
    return board.score()


def best_move(board, dice):
    scores, sign = {}, 1 if board.colour == BLACK else -1
    for _ in range(PLAYOUTS):
        trial = Board(board)
        move = trial.random_move(dice)
        trial.play(move)
        scores[move] = scores.get(move, 0) + sign * playout(trial, dice)
    return max(scores, key=lambda move: (scores[move], -1 if move is None else move))


def run():
    board, dice, moves = Board(), Dice(1), []
    for _ in range(MOVES):
        moves.append(best_move(board, dice))
        board.play(moves[-1])
    return [moves, playout(board, dice), dice.seed]
