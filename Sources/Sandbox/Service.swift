import AzureLinux
import Foundation
import Subprocess
import SystemPackage

extension Command {
  /// Runs a process that is spoken to through its standard input, one end of a socket pair, which is closed here
  /// once the process has it. Its own output is thrown away. Returns when it has ended.
  package func serve(input: FileDescriptor) async throws -> Int32 {
    let result = try await start {
      try await Subprocess.run(
        $0, input: .fileDescriptor(input, closeAfterSpawningProcess: true), output: .discarded,
        error: .discarded)
    }
    return Command.code(result.terminationStatus)
  }
}
