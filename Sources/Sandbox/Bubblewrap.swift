import SystemPackage

/// The command that becomes bubblewrap.
///
/// Its options are full of paths of this machine, and it is process 1 inside, whose words and environment anybody there
/// can read. So it has neither: it reads options and the filter of system calls from two pipes, and starts with an empty
/// environment. Bash is what writes into pipes and then is gone: no file is needed, so that the command can be written
/// down and run again anywhere, and nothing is left between bubblewrap and who is to end it.
///
/// What stays to be read inside is `/proc/self/mountinfo`: the kernel says there for each bound folder where it lies on
/// its own file system, so the tree's place is in the lines of `/usr/src/azl` and of what is bound beside it. Only a
/// folder on a file system of its own has no such place; that would be one to make, fill and copy for each build. The
/// overlay's line has paths relative to the store.
package enum Bubblewrap {
  /// - Parameters:
  ///   - options: bubblewrap's.
  ///   - command: what is run inside.
  package static func command(options: [String], _ command: [String]) -> [String] {
    [
      // -p: nothing of the caller's environment is read or run
      "bash", "-pc",
      #"exec 4< <(printf %b "$1") 5< <(printf "%s\0" "${@:3:$2}"); exec -c bwrap --seccomp 4 --args 5 -- "${@:3+$2}""#,
      "bash", KeyringFilter.text, String(options.count),
    ] + options + command
  }
}
