# SPDX-License-Identifier: GPL-2.0-only
#
# For make docs. A kernel tree has a configuration of its own.

import re

project = 'openmv'
author = 'The openmv driver authors'
copyright = author
html_theme = 'alabaster'
html_copy_source = False
highlight_language = 'none'
language = 'en'


def link_documents(app, docname, source):
    """As in the kernel, Documentation/x.rst in a text is a link."""
    source[0] = re.sub(r'(?<!`)\bDocumentation/([\w./-]+)\.rst\b', r':doc:`/\1`', source[0])


def setup(app):
    app.connect('source-read', link_documents)
    return {'parallel_read_safe': True}
