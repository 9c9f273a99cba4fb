import AzureLinux
import Foundation
import Subprocess
import SystemPackage

extension Command {
  /// Runs a process that is spoken to through its standard input, one end of a socket pair; its outputs are
  /// appended to `log`, or thrown away. Ends when the process does.
  package func serve(input: FileDescriptor, log: FileDescriptor?) async throws -> Int32 {
    try await start { configuration in
      if let log {
        try await Subprocess.run(
          configuration, input: .fileDescriptor(input, closeAfterSpawningProcess: true),
          output: .fileDescriptor(log, closeAfterSpawningProcess: false), error: .combinedWithOutput)
      } else {
        try await Subprocess.run(
          configuration, input: .fileDescriptor(input, closeAfterSpawningProcess: true), output: .discarded,
          error: .discarded)
      }
    } code: { $0.terminationStatus }
  }
}
