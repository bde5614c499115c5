"""Cases and notebooks to reports, whole or absent.

A report's way: `fleet` (what is made, and what stands unchanged) -> `runner` (a process for each) -> `driver` (that process) ->
`making` (one folder) -> `notebook` (papermill) -> `engine` (its client, and the limits) -> `kernels` (warm ones); then `page` or
`plain`, `provenance`, `placing`, and in the end `index`.
"""
