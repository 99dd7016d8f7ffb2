// A second file, for which Jest loads its own copy of the JavaScript.
require('./one.jest.js')
