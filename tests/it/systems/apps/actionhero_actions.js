// Two actions that tell what reached them.
const { Action } = require("actionhero");

exports.Who = class extends Action {
  constructor() {
    super();
    this.name = this.description = "who";
  }

  async run({ connection }) {
    return { address: connection.remoteIP, headers: connection.rawConnection.req.headers };
  }
};

exports.Upload = class extends Action {
  constructor() {
    super();
    this.name = this.description = "upload";
    this.inputs = { upload: { required: true } };
  }

  async run({ params }) {
    return { bytes: [].concat(params.upload)[0].size };
  }
};
