"""What a spec can choose: one file of data a value, and the only place with product names.

A folder here is a kind of choice: its package says of what form its values are, and each other file
in it is one value, called as the file is. Whoever wants to know which there are asks the package.
"""
