import sys
import urllib.request

try:
    print(urllib.request.urlopen(sys.argv[1] + "/hello").read())
except OSError as error:
    print("certificate" in str(error), "match" in str(error) or "issuer" in str(error) or "signed" in str(error))
