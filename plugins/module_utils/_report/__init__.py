"""What was built, for people: two images compared, and one image as a page."""
