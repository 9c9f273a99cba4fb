import AzureLinux

package enum InventoryError: Failure {
  case noTree(String, reason: String)
  case noSpecs(tree: String, folders: [String])

  package var message: String {
    switch self {
    case .noTree(let path, let reason): "cannot open the tree \"\(path)\": \(reason)"
    case .noSpecs(let tree, let folders):
      "no <name>/<name>.spec below \(folders.joined(separator: ", ")) in \(tree)"
    }
  }
  package var nextStep: String? {
    switch self {
    case .noTree: nil
    case .noSpecs: "go to the top of the tree, or name the folders in .azldev/config.toml: spec_dirs"
    }
  }
  package var exitCode: ExitCode {
    switch self {
    case .noTree: .environment
    case .noSpecs: .invalidInput
    }
  }
}
