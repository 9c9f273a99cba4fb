import AzureLinux
import Testing

@Suite("configuration")
struct SettingsTests {
  @Test func laterFilesAndTheEnvironmentWin() throws {
    let configuration = try Settings(
      files: [
        (
          "config.toml",
          "schema = 1\nrelease = \"3.0\"\n[build]\ncheck = true\njobs = 2\n[[repository]]\nid = \"a\"\nurl = \"file:///m\"\n"
        ),
        ("config.local.toml", "[build]\njobs = 3\n"),
      ], environment: ["AZL_DEV_BUILD_CHECK": "false", "AZL_DEV_SOURCES_URLS": "file:///x,file:///y"])
    #expect(configuration.build.jobs == 3)
    #expect(!configuration.build.check)
    #expect(configuration.sources.urls == ["file:///x", "file:///y"])
    #expect(configuration.repository == [RepositorySettings(id: "a", url: "file:///m")])
    #expect(configuration.specDirs.count == 3)
  }

  @Test func aSmokeTestIsACommandOrATable() throws {
    let text = """
      [boot]
      smoke = ["true", {script = "tests/lamp.sh", exit = 3, text = "off", name = "lamp"}]
      """
    let smoke = try Settings(files: [("config.toml", text)]).boot.smoke
    #expect(smoke.map(\.command) == ["true", ""] && smoke.map(\.exit) == [0, 3])
    #expect(smoke.last?.script == "tests/lamp.sh" && smoke.last?.text == "off" && smoke.last?.name == "lamp")
    let tables = try Settings(files: [("config.toml", "[[boot.smoke]]\ncommand = \"id -u\"\ntext = \"0\"\n")])
    #expect(tables.boot.smoke.map(\.text) == ["0"])
    let set = try Settings(files: [("config.toml", text)], set: ["boot.smoke=false"])
    #expect(set.boot.smoke == [SmokeSettings(command: "false")])
  }

  @Test(arguments: [
    ("[biuld]\njobs = 1\n", "config.toml:1:1: unknown key \"biuld\"", "did you mean \"build\"?"),
    (
      "[build]\njobs = 1\njbos = 1\n", "config.toml:3:1: unknown key \"build.jbos\"", "did you mean \"jobs\"?"
    ),
    ("[build]\njobs = \"many\"\n", "config.toml:2: \"build.jobs\" must be a number", nil),
    ("[build]\ncheck = 1\n", "config.toml:2: \"build.check\" must be true or false", nil),
    (
      "[build]\ndependents = \"some\"\n",
      "config.toml:2: \"build.dependents\" must be one of exact, interface, observed, names", nil
    ),
    (
      "[boot]\nsmoke = [\"a\", {exit = 1}]\n",
      "config.toml:2: \"boot.smoke\" must be a list of commands, or of tables with a command or a script", nil
    ),
    (
      "[[boot.smoke]]\ncommand = \"a\"\ntxt = \"b\"\n", "config.toml:3:1: unknown key \"boot.smoke.txt\"",
      "did you mean \"text\"?"
    ),
    ("[[repository]]\nid = \"a\"\n", "config.toml: \"repository.url\" is missing", nil),
    (
      "[[repository]]\nid = \"a\"\nurl = \"file:///m\"\nkind = \"basic\"\n",
      "config.toml:4: \"repository.kind\" must be one of base, debuginfo, toolchain, source", nil
    ),
  ])
  func mistakesNameTheirPlace(text: String, message: String, hint: String?) throws {
    let error = try #require(throws: SettingsError.self) { try Settings(files: [("config.toml", text)]) }
    #expect(error.message == message)
    #expect(error.nextStep == hint)
  }

  @Test func aWordOutsideItsListIsRefusedWhereverItStands() throws {
    let inFile = try #require(throws: SettingsError.self) {
      try Settings(files: [("config.toml", "[sources]\nsignatures = \"ignore\"\n")])
    }
    #expect(
      inFile.message == "config.toml:2: \"sources.signatures\" must be one of enforce, skip, update")
    let inEnvironment = try #require(throws: SettingsError.self) {
      try Settings(files: [], environment: ["AZL_DEV_SOURCES_SIGNATURES": "ignore"])
    }
    #expect(
      inEnvironment.message.hasSuffix("\"AZL_DEV_SOURCES_SIGNATURES\" must be one of enforce, skip, update"))
    let good = try Settings(
      files: [], environment: ["AZL_DEV_SOURCES_SIGNATURES": "skip", "AZL_DEV_OFFLINE": "true"])
    #expect(good.sources.signatures == .skip && good.offline)
  }

  @Test func toolchainRepositoriesComeFirstUnlessToldOtherwise() throws {
    let text = """
      [[repository]]
      id = "a"
      url = "file:///a"
      kind = "toolchain"
      [[repository]]
      id = "b"
      mirrorlist = "http://localhost/list"
      """
    #expect(try Settings(files: [("config.toml", text)]).repository.map(\.priority) == [1, 99])
  }

  @Test func theEnvironmentIsHeldToTheSameChoices() throws {
    let settings = try Settings(files: [], environment: ["AZL_DEV_BUILD_DEPENDENTS": "interface"])
    #expect(settings.build.dependents == .interface)
    let error = #expect(throws: SettingsError.self) {
      try Settings(files: [], environment: ["AZL_DEV_BUILD_DEPENDENTS": "some"])
    }
    #expect(error?.message.contains("one of exact, interface, observed, names") == true)
  }

  @Test func whatACallSetsWins() throws {
    let settings = try Settings(
      files: [("config.toml", "[build]\njobs = 3\n[repositories]\nfiles = [\"a\"]\n")],
      environment: ["AZL_DEV_BUILD_JOBS": "4"],
      set: [
        "build.jobs=5", "sources.urls=file:///a,b", "sources.urls=file:///c", "repositories.files=",
        "identity.dist=.x=y", "offline=true",
      ])
    #expect(settings.build.jobs == 5 && settings.offline)
    #expect(settings.sources.urls == ["file:///a,b", "file:///c"])
    #expect(settings.repositories.files.isEmpty && settings.identity.dist == ".x=y")
    for (text, message, next) in [
      ("build.job=1", "--set build.job: there is no such key", "did you mean build.jobs"),
      ("jobs", "--set jobs: a key of the configuration and its value are wanted", "azl-dev build"),
      ("repository.id=a", "--set repository.id: there is no such key", ""),
      ("build.jobs=many", "--set: \"build.jobs\" must be a number", ""),
    ] {
      let error = try #require(throws: SettingsError.self) { try Settings(files: [], set: [text]) }
      #expect(error.message == message)
      #expect(next.isEmpty || error.nextStep?.hasPrefix(next) == true, "\(text)")
    }
  }

  @Test func brokenTomlNamesTheLine() throws {
    let error = try #require(throws: SettingsError.self) {
      try Settings(files: [("config.toml", "release = \"3.0\"\nspec_dirs = [\n")])
    }
    guard case .syntax(_, let line, _, _) = error else { return #expect(Bool(false), "\(error)") }
    #expect(line >= 2)
  }
}
