import AzureLinux

enum MirrorError: Failure {
  case noMirror
  case mapLine(file: String, line: Int, text: String)
  case conversion(package: String, lines: [String])
  case missingSource(file: String, package: String, reason: String)
  case noProvider(String, neededBy: String)
  case noSignature(spec: String, file: String)

  var message: String {
    switch self {
    case .noMirror: "the system's apt configuration names no Debian mirror"
    case .mapLine(let file, let line, let text): "\(file):\(line): not \"name: package ...\": \(text)"
    case .conversion(let package, let lines):
      (["package \"\(package)\" could not be made into an RPM"] + lines).joined(separator: "\n  ")
    case .missingSource(let file, let package, let reason):
      "\(file) was not found in Debian's source package \(package): \(reason)"
    case .noProvider(let name, let needer): "nothing in the mirror provides \"\(name)\", needed by \(needer)"
    case .noSignature(let spec, let file): "\(spec).signatures.json has no entry for \(file)"
    }
  }
  var nextStep: String? {
    switch self {
    case .noMirror: "add a Debian source to /etc/apt/sources.list.d"
    case .missingSource: "try again: the archive may lack the file for a while"
    default: nil
    }
  }
  var exitCode: AzureLinux.ExitCode {
    switch self {
    case .mapLine, .noSignature: .invalidInput
    default: .environment
    }
  }
}
