"""What a guest runs before anybody waits for it: as little as a program can do."""

print(1 + 1)
1 + 1
