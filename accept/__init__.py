"""The service's promises, checked against a deployment as its clients see it: `make accept`.

promises  a row of the table: a promise, what it needs, and the function that checks it
checking  what a row checks with; a row that checks nothing does not hold
service   the deployment: HTTP, stock clients, and files that are removed afterwards
operator  what AWS credentials add: keys of its own, and a look inside
target    which deployment: given, a stack's name, or the local stack
running   runs the rows, several in parallel
waiting   what --long waits for, between runs
removing  removes what a run has stored
report    the table
page      the same rows as documentation
rows/     the promises themselves, by subject
"""
