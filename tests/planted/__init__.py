"""Whether the product's own rules find what the made-up trials plant, on the day on which a careful reader could, and not before."""
