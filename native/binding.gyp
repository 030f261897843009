{
  "variables": {
    # 1 for a prebuild: the C++ runtime goes into the file, so that it loads beside any libstdc++.
    "mm_static_runtime%": 0,
    "source_folders": "core core/linux media sequence xml profile napi",
  },
  "targets": [
    {
      # Not the name it is loaded by: install.mjs checks it and renames it into place.
      "target_name": "mm_native_staged",
      "sources": [
        "<!@(node -p \"'<(source_folders)'.split(' ').flatMap((folder) => fs.readdirSync(folder).filter((name) => name.endsWith('.cc')).map((name) => folder + '/' + name)).join(' ')\")",
      ],
      "include_dirs": ["<!(node -p \"path.dirname(require.resolve('node-addon-api/package.json'))\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags": ["-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"],
      "cflags_cc": ["-std=c++20", "-fno-exceptions", "-fvisibility-inlines-hidden"],
      "cflags_cc!": ["-std=gnu++14", "-std=gnu++17", "-std=gnu++20"],
      "configurations": {
        "Release": { "cflags": ["-O2"], "cflags!": ["-O3"] },
      },
      "conditions": [
        # Hidden, so that the runtime inside node cannot replace parts of ours; and only what is used.
        ["mm_static_runtime==1", { "ldflags": ["-static-libstdc++", "-static-libgcc", "-Wl,--exclude-libs,ALL", "-Wl,--gc-sections"] }],
      ],
    },
  ],
}
