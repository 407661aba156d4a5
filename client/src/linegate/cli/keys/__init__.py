"""What an operator does with AWS credentials of their own: `linegate keys`.

Needs boto3, which `pip install 'linegate[operator]'` brings.
"""
