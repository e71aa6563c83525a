try:
    {}["key"]
except KeyError as error:
    raise ValueError("no") from error
