"""What is published: the packages, and a deployable that needs no CDK."""
