-- No table of its own: the function counts on the rows of the migrations before.
SELECT product_figures(1, 168120815, now());
